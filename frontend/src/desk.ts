/** The desk: htmx, keyboard, forms, dialogs, lists. Everything is delegated, so swapped parts need no set-up. */
import { startBell } from "./desk/bell";
import { startForms } from "./desk/forms";
import { startFrame } from "./desk/frame";
import { startHere } from "./desk/here";
import { startKeys } from "./desk/keys";
import { startLists } from "./desk/lists";
import { startOnSite } from "./desk/onsite";
import { startRequests } from "./desk/requests";

startRequests();
startFrame();
startForms();
startLists();
startKeys();
startHere();
startOnSite();
startBell();
