-- +goose Up
-- What waits is few among all that has been: a unit's pages count it, and lists show the longest waiting first.
drop index verify_matter_decider;
create index verify_matter_deciding on verify_matter (decider) where class in ('case', 'proposal') and stage not in ('closed', 'reversed');
create index verify_matter_waiting on verify_matter (unit, since) where class in ('correction', 'case', 'proposal')
  and stage not in ('closed', 'reversed', 'refused', 'clean') and (class <> 'correction' or stage not in ('returned', 'carried_out'));
create index verify_matter_since on verify_matter (class, since, unit, matter);
create index verify_matter_stage on verify_matter (class, stage, since, unit, matter);
