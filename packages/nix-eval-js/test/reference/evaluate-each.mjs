// Evaluates expressions one after the other with one evaluator, and goes on after an error.
//
//   node evaluate-each.mjs LIBRARY <REQUEST >ANSWERS
//
// LIBRARY is the built index.js; REQUEST is JSON, { setup, expressions }: in `setup …; in EXPRESSION` each has to
// give a string. ANSWERS is JSON: [{ value }] or [{ error }], the error as it is printed. A worker has the stack for it.
import { readFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url), {
    workerData: { library: process.argv[2], request: readFileSync(0, 'utf8') },
    resourceLimits: { stackSizeMb: 900, maxOldGenerationSizeMb: 12_000, maxYoungGenerationSizeMb: 96 },
  });
  worker.on('message', (answers) => {
    const bytes = Buffer.from(answers);
    for (let at = 0; at < bytes.length; ) {
      try {
        at += writeSync(1, bytes, at);
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
      }
    }
  });
} else {
  const { DiskHost, Evaluator, formatError, NixError } = await import(workerData.library);
  const { setup, expressions } = JSON.parse(workerData.request);
  const evaluator = new Evaluator({ host: new DiskHost(), showTrace: false });
  const items = evaluator.evaluate(
    `let ${setup} in [\n${expressions.map((text) => `(${text})\n`).join('')}]`,
  );
  const answers = items.map((item) => {
    try {
      return { value: evaluator.toJs(item) };
    } catch (error) {
      if (!(error instanceof NixError)) throw error;
      return { error: formatError(error) };
    }
  });
  parentPort.postMessage(JSON.stringify(answers));
}
