// A personal track, now: sign in, have it composed, follow that as it happens, like it, and hear its first bytes.
//
//     node personal_track.mjs http://127.0.0.1:8420 ada        reads the password from standard input
//
// It needs nothing but Node 20.
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline/promises";

const SCOPES = ["compose", "profile:read", "library:read", "feedback:write", "stream"];
const [server, name] = process.argv.slice(2);

/** The answer, which is a success: what is none is an Error with the server's sentence. */
async function open(method, path, headers, body) {
  const said = body === undefined ? {} : { "Content-Type": "application/json" };
  const answer = await fetch(`${server}/api/v1${path}`, {
    method,
    headers: { ...headers, ...said },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer;
}

const ask = async (...request) => (await open(...request)).json();

/** The job each time that it changes, until it or the connection ends. */
async function* events(jobId, seen, headers) {
  const answer = await open("GET", `/jobs/${jobId}/events`, { ...headers, "Last-Event-ID": seen });
  if (answer.body === null) return;
  let waiting = "";
  for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
    const lines = (waiting + text).split("\n");
    waiting = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data: ")) yield JSON.parse(line.slice("data: ".length));
    }
  }
}

/** The job once it is over. A stream that ends early is asked for again, from where it ended. */
async function follow(job, headers) {
  let last = job;
  while (["queued", "running"].includes(last.state)) {
    for await (const event of events(job.id, String(last.revision), headers)) {
      last = event;
      console.log(`${Math.round(100 * last.progress)}%  ${last.progress_text}`);
    }
  }
  return last;
}

const input = createInterface({ input: process.stdin });
const password = (await input[Symbol.asyncIterator]().next()).value;
input.close();

// 1. Sign in. Writes by the cookie need the token that comes with it.
const answer = await open("POST", "/sessions", {}, { name, password });
const signedIn = await answer.json();
const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
const byCookie = { Cookie: cookies.join("; "), "X-CSRF-Token": signedIn.csrf_token };
console.log(`Signed in as ${signedIn.name}.`);

// 2. Make a key that may do what follows and nothing else. A program of yours keeps it and begins here.
const key = await ask("POST", "/me/tokens", byCookie, { label: "an example", scopes: SCOPES });
const byKey = { Authorization: `Bearer ${key.secret}` };

// 3. A personal track, now. The Idempotency-Key lets a lost answer be asked for again.
const piece = await ask("POST", "/compositions/next", { ...byKey, "Idempotency-Key": randomUUID() }, {});
let trackId = piece.track?.id;
if (trackId === undefined) {
  // 4. None was ready: follow its job.
  const job = await follow(piece, byKey);
  trackId = job.result?.track_id;
  if (!trackId) throw new Error(`No track came of it: ${job.error ?? "it waits for a review."}`);
}
console.log(`Composed: ${(await ask("GET", `/tracks/${trackId}`, byKey)).title}`);

// 5. A thumb up: the next list and the next piece follow it.
console.log((await ask("PUT", `/tracks/${trackId}/thumb`, byKey, { value: "up" })).value);

// 6. Its first bytes, by a range.
const part = await open("GET", `/tracks/${trackId}/stream`, { ...byKey, Range: "bytes=0-65535" });
const beginning = Buffer.from(await part.arrayBuffer());
console.log(`Status ${part.status}, ${beginning.length} bytes: ${beginning.toString("latin1", 0, 4)}`);

// 7. Leave nothing behind.
await open("DELETE", `/me/tokens/${key.id}`, byCookie);
await open("DELETE", "/sessions/current", byCookie);
