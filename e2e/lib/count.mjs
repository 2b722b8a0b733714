// A reporter beside the readable one: counts tests (not suites), for the closing line of `run`.
export default async function* count(events) {
  let [passed, failed, skipped] = [0, 0, 0];
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { details, skip, todo, file, name } = data;
    if (details?.type === "suite") {
      // A suite that fails while none of its tests does has failed in its hooks.
      if (type === "test:fail" && details.error?.failureType === "hookFailed") failed += 1;
      continue;
    }
    // The runner reports each file as a test of its own where the file could not be run.
    const is_file = file === undefined || name.endsWith(".test.mjs");
    if (is_file && type === "test:pass") continue;
    if (skip !== undefined || todo !== undefined) skipped += 1;
    else if (type === "test:pass") passed += 1;
    else failed += 1;
  }
  yield `${passed} ${failed} ${skipped}\n`;
}
