// The frame loads this one module. Everything here only makes quicker what works without it.
import { codes } from "./codes.js";
import { dates } from "./dates.js";
import { focus } from "./focus.js";
import { keys } from "./keys.js";
import { tables } from "./table.js";

codes();
dates();
keys();
tables();
focus();
