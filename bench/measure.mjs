// Times things that take turns, so that a noisy machine is unfair to none of them.

/** Milliseconds that `action` takes. */
export function time(action) {
  const start = process.hrtime.bigint();
  action();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Runs every action `rounds` times in turn, after one round that does not count; `before` runs before each, untimed.
 * Returns medians in ms, by name.
 */
export function compare(actions, rounds, before = () => {}) {
  return medianOfEach(timesOf(actions, rounds, before));
}

/** The same, and the median of what each takes against the one named `against` in the same round. */
export function comparePaired(against, actions, rounds) {
  const times = timesOf(actions, rounds, () => {});
  const others = times[against];
  const paired = Object.entries(times).map(([name, values]) => [
    name,
    values.map((value, round) => value / others[round]),
  ]);
  return { medians: medianOfEach(times), ratios: medianOfEach(Object.fromEntries(paired)) };
}

function timesOf(actions, rounds, before) {
  const times = Object.fromEntries(Object.keys(actions).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, action] of Object.entries(actions)) {
      before();
      const took = time(action);
      if (round > 0) times[name].push(took);
    }
  }
  return times;
}

function medianOfEach(times) {
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** One line of the report. `budget` is what docs/performance.md promises at most. */
export function report(what, ratio, budget, details) {
  console.log(
    `${ratio <= budget ? 'ok  ' : 'MISS'} ${what}: ${ratio.toFixed(2)} (budget ${budget}); ${details}`,
  );
}

export const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
