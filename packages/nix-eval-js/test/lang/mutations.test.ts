import { expect, it } from 'vitest';
import { Evaluator, NixError } from '../../src/index.ts';
import { readCases } from './corpus.ts';
import { mutate, random } from './mutate.ts';

const count = Number(process.env.NIX_EVAL_JS_MUTATIONS ?? 3000);

it(`gives a value or an error for ${count} mutated programs`, () => {
  const cases = readCases();
  const numbers = random(1);
  for (let i = 0; i < count; i++) {
    const text = mutate(cases[numbers.below(cases.length)]!.text, numbers);
    const ev = new Evaluator({ limits: { calls: 20_000, depth: 1000, time: 2000 } });
    try {
      ev.forceDeep(ev.evaluate(Buffer.from(text, 'latin1').toString('utf8')));
    } catch (error) {
      if (!(error instanceof NixError))
        throw new Error(`${String(error)} for ${JSON.stringify(text)}`, { cause: error });
      expect(error.code).toMatch(/^[a-z-]+$/);
    }
  }
});
