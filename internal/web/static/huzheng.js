// The frame loads this one module. Everything here only makes quicker what works without it.
import { dates } from "./dates.js";
import { files } from "./files.js";
import { focus } from "./focus.js";
import { keys } from "./keys.js";
import { selects } from "./select.js";
import { tables } from "./table.js";

dates();
files();
keys();
selects();
tables();
focus();
