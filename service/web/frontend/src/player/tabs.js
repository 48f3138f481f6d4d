// One tab sounds at a time: whichever begins last.

export class Tabs {
  #channel = "BroadcastChannel" in window ? new BroadcastChannel("homespun-player") : null;

  onOther(act) {
    this.#channel?.addEventListener("message", act);
  }

  begin() {
    this.#channel?.postMessage("begun");
  }
}
