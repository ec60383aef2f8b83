/** Loaded before the command in a process of `child.ts`: does at one step what `STEP_ORDERS` says. */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import type { Orders } from './child.ts';
import { watchSteps } from './steps.ts';

const { root, at, act, gate, log } = JSON.parse(process.env.STEP_ORDERS!) as Orders;

watchSteps(root, (step) => {
  if (log !== undefined) appendFileSync(log, `${JSON.stringify(step)}\n`);
  if (step.number !== at) return;
  if (act === 'wait') {
    writeFileSync(`${gate}.${process.pid}`, '');
    while (!existsSync(gate!)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
  } else if (act !== undefined) {
    process.kill(process.pid, act);
  }
});
