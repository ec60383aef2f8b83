import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderLoader } from '../../src/generate/plan.ts';
import { shippedRenderer } from '../../src/generate/shipped.ts';
import { yamlString } from '../../src/generate/yaml.ts';
import { makeLoader } from '../../src/targets/target-list.ts';

test.each([false, true])(
  'a blank line of a description is a comment without a space behind it (compat %s)',
  (compat) => {
    const loader = { ...makeLoader('wifi', ['ath9k']), description: 'both radios\n\nof the house', compat };
    const text = renderLoader(loader, shippedRenderer());
    expect(text).toContain('\n# both radios\n#\n# of the house\n');
  },
);

test('any text is a YAML string on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const written = yamlString(text);
      expect(written).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
      expect(parse(`key: ${written}\n`)).toEqual({ key: text });
      expect(parse(`${written}: 1\n`)).toEqual({ [text]: 1 });
    }),
    { numRuns: 2000, examples: [['true'], ['null'], ['0x10'], ['~'], ['a: b'], ['\u2028'], ['-'], ['y']] },
  );
});
