a.number = b.number
a.name = b.name AND a.year = b.year
a.sound = b.sound AND a.days = b.days
a.surname = b.surname AND a.sure = b.sure AND a.sex = b.sex
a.birthseq = b.birthseq
a.sound = b.sound AND a.place = b.place AND a.sex = b.sex
a.mother = b.mother
a.given = b.given AND a.sure = b.sure
a.father = b.father AND a.mother = b.mother
a.spouse = b.spouse AND a.sex = b.sex
a.household = b.household AND a.given = b.given

-20
+ CASE WHEN a.name IS NULL OR b.name IS NULL THEN 0 WHEN a.name = b.name THEN 10 WHEN a.sound = b.sound THEN 8 WHEN levenshtein(a.name, b.name) <= 1 THEN 5 WHEN a.surname = b.surname THEN 1 ELSE -6 END
+ CASE WHEN a.birth IS NULL OR b.birth IS NULL THEN 0 WHEN a.birth = b.birth THEN 9 WHEN a.year = b.year AND a.days = b.days THEN 7 WHEN damerau_levenshtein(a.birth, b.birth) <= 1 THEN 5 WHEN a.year = b.year THEN 2 WHEN a.days = b.days THEN 2 ELSE -5 END
+ CASE WHEN a.number IS NULL OR b.number IS NULL THEN 0 WHEN a.number = b.number THEN 14 WHEN damerau_levenshtein(a.number, b.number) <= 1 THEN 9 WHEN a.birthseq = b.birthseq THEN 8 WHEN levenshtein(a.number, b.number) <= 3 THEN 4 ELSE -5 END
+ CASE WHEN a.sex IS NULL OR b.sex IS NULL THEN 0 WHEN a.sex = b.sex THEN 1 ELSE -6 END
+ CASE WHEN a.place IS NULL OR b.place IS NULL THEN 0 WHEN a.place = b.place THEN 3 WHEN left(a.place, 2) = left(b.place, 2) THEN 0 ELSE -3 END
+ CASE WHEN a.mother IS NULL OR b.mother IS NULL THEN 0 WHEN a.mother = b.mother THEN 8 WHEN levenshtein(a.mother, b.mother) <= 1 THEN 5 ELSE -4 END
+ CASE WHEN a.father IS NULL OR b.father IS NULL THEN 0 WHEN a.father = b.father THEN 4 WHEN levenshtein(a.father, b.father) <= 1 THEN 3 ELSE -4 END
+ CASE WHEN a.spouse IS NULL OR b.spouse IS NULL THEN 0 WHEN a.spouse = b.spouse THEN 8 WHEN levenshtein(a.spouse, b.spouse) <= 1 THEN 5 ELSE -4 END
+ CASE WHEN a.address IS NULL OR b.address IS NULL THEN 0 WHEN a.address = b.address THEN 4 WHEN a.street = b.street THEN 1 ELSE -1 END
