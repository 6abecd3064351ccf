-- +goose Up
-- What reviewers, issuers and couriers ask all day: the oldest promise that waits, what one of them has decided today, and what is on its way here.
create index card_application_waits on card_application (stage, promised_on, application);
create index card_step_judged on card_step (operator, at) where kind in ('card.reviewed', 'card.returned', 'card.signed', 'card.checked');
create index card_consignment_receiver on card_consignment (receiver, at);
create index card_defect_found on card_defect (at);
create index card_look_up_at on card_look_up (unit, at);
