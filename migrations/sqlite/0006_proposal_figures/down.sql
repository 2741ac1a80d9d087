DROP TABLE unit_scores;
