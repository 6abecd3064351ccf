a.k_number = b.k_number
a.k_name_year = b.k_name_year
a.k_sound_day = b.k_sound_day
a.k_surname_birth = b.k_surname_birth
a.k_birth_sequence = b.k_birth_sequence
a.k_sound_birthplace = b.k_sound_birthplace
a.k_mother = b.k_mother
a.k_given_birth = b.k_given_birth
a.k_parents = b.k_parents
a.k_spouse = b.k_spouse
a.k_household = b.k_household

-20
+ CASE WHEN a.name = 0 OR b.name = 0 THEN 0 WHEN a.name = b.name THEN 10 WHEN a.sound = b.sound THEN 8 WHEN xor(a.name, b.name) & 281474976645120 = 0 OR xor(a.name, b.name) & 281470681808895 = 0 THEN 5 WHEN a.name >> 32 = b.name >> 32 THEN 1 ELSE -6 END
+ CASE WHEN a.birth = 0 OR b.birth = 0 THEN 0 WHEN a.birth = b.birth THEN 9 WHEN bit_count(xor(a.birth, b.birth)) <= 2 THEN 5 WHEN a.birth >> 9 = b.birth >> 9 THEN 2 WHEN a.birth & 511 = b.birth & 511 THEN 2 ELSE -5 END
+ CASE WHEN a.number = 0 OR b.number = 0 THEN 0 WHEN a.number = b.number THEN 14 WHEN bit_count(xor(a.number, b.number)) <= 4 THEN 9 WHEN a.k_birth_sequence = b.k_birth_sequence THEN 8 WHEN bit_count(xor(a.number, b.number)) <= 9 THEN 4 ELSE -5 END
+ CASE WHEN a.sex = 0 OR b.sex = 0 THEN 0 WHEN a.sex = b.sex THEN 1 ELSE -6 END
+ CASE WHEN a.place = 0 OR b.place = 0 THEN 0 WHEN a.place = b.place THEN 3 WHEN a.place >> 10 = b.place >> 10 THEN 0 ELSE -3 END
+ CASE WHEN a.mother = 0 OR b.mother = 0 THEN 0 WHEN a.mother = b.mother THEN 8 ELSE -4 END
+ CASE WHEN a.father = 0 OR b.father = 0 THEN 0 WHEN a.father = b.father THEN 4 ELSE -4 END
+ CASE WHEN a.spouse = 0 OR b.spouse = 0 THEN 0 WHEN a.spouse = b.spouse THEN 8 ELSE -4 END
+ CASE WHEN a.address = 0 OR b.address = 0 THEN 0 WHEN a.address = b.address THEN 4 WHEN a.street = b.street THEN 1 ELSE -1 END
