// The desk's way to the line.
export function follow() { return () => {}; }
export function onStatus(take) { take("good"); }
export function seen() {}
export function typing() {}
export async function post() { return { ok: true }; }
