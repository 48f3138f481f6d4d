import Alpine from "@alpinejs/csp";
import htmx from "htmx.org";

import { composing } from "./composing.js";
import { desk } from "./desk.js";
import { watchDialogs } from "./dialogs.js";
import { watchList } from "./list.js";
import { player } from "./player.js";
import { seekLine } from "./seek-line.js";
import { toast } from "./toast.js";
import { watchCovers } from "./covers.js";
import { watchPages } from "./pages.js";

window.htmx = htmx;
window.Alpine = Alpine;

Alpine.store("toast", toast());
Alpine.store("player", player());
Alpine.data("seekLine", seekLine);
Alpine.data("composing", composing);
Alpine.data("desk", desk);

watchCovers();
watchPages();
watchList();
watchDialogs();
Alpine.start();
