DROP TABLE reminders;
DROP TABLE deadline_people;
DROP TABLE deadlines;
DROP TABLE calendar_years;
