// More like one track, calmer, brighter or faster: as much of it as there is, fetched as it is needed.

import { call, newKey } from "../api.js";

const AT_FIRST = 12;
const LATER = 8;

export async function startStation(trackId, wish) {
  const station = await call("POST", "stations", { track_id: trackId, ...wish }, { key: newKey() });
  const { items } = await call("POST", `stations/${station.id}/next`, { count: AT_FIRST });
  return { id: station.id, tracks: items };
}

export async function moreOf(stationId) {
  return (await call("POST", `stations/${stationId}/next`, { count: LATER })).items;
}
