import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";

import { composeForm } from "./compose/form.js";
import { editForm } from "./compose/edit-form.js";
import { jobCard } from "./compose/job-card.js";
import { composing } from "./composing.js";
import { watchDialogs } from "./dialogs.js";
import { furnishHouse } from "./house.js";
import { watchList } from "./list.js";
import { outline } from "./outline.js";
import { player } from "./player.js";
import { letterKeys, watchKeys } from "./player/keys.js";
import { queuePanel } from "./player/queue-panel.js";
import { seekLine } from "./seek-line.js";
import { toast } from "./toast.js";
import { watchCovers } from "./covers.js";
import { watchPages } from "./pages.js";
import { watchDrops } from "./import-drop.js";
import { watchMap } from "./taste-map.js";
import { watchConnection } from "./connection.js";
import { watchDoings } from "./doings.js";

window.htmx = htmx;
window.Alpine = Alpine;

Alpine.store("toast", toast());
Alpine.store("player", player());
Alpine.data("seekLine", seekLine);
Alpine.data("composing", composing);
Alpine.data("outline", outline);
Alpine.data("queuePanel", queuePanel);
Alpine.data("letterKeys", letterKeys);
Alpine.data("composeForm", composeForm);
Alpine.data("jobCard", jobCard);
Alpine.data("editForm", editForm);
furnishHouse();

watchCovers();
watchPages();
watchList();
watchDialogs();
watchKeys();
watchMap();
watchDrops();
watchConnection();
watchDoings();
Alpine.start();
