-- +goose Up
-- Whether a unit keeps a card is asked card by card: without the unit in the indexes, all that it has ever counted and sent was gone through for each.
drop index card_count_card_no;
create index card_count_card_no on card_count_card (card_no, unit);
drop index card_consignment_card_no;
create index card_consignment_card_no on card_consignment_card (card_no, unit, consignment);
