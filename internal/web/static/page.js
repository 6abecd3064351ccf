// What every page loads.
import "./huzheng.js";
import "./draft.js";
import "./live.js";
