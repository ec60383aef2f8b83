import { toJsonSchema } from '@valibot/to-json-schema';
import { type GenericSchema, getMetadata } from 'valibot';
import { expect, test } from 'vitest';
import { resultSchema } from '../../src/cli/result.ts';
import { schema } from '../../src/targets/schema.ts';

/** Where valibot says "every other field is of a type that nothing is", JSON Schema has a shorter word. */
function asJsonSchema(definition: GenericSchema, title: string): string {
  const made = toJsonSchema(definition, {
    target: 'draft-07',
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      (getMetadata(valibotSchema as typeof schema) as { asWritten?: true }).asWritten ? { ...jsonSchema, type: ['string', 'number', 'boolean'] } : null,
  });
  const closed = JSON.stringify({ ...made, title }, (key, value) =>
    key === 'additionalProperties' && JSON.stringify(value) === '{"not":{}}' ? false : value,
  );
  return `${JSON.stringify(JSON.parse(closed), null, 2)}\n`;
}

test('schema/targets.schema.json is what the validation says', async () => {
  const text = asJsonSchema(schema, 'Target list of gen-kmod');
  await expect(text).toMatchFileSnapshot('../../schema/targets.schema.json');
});

test('schema/output.schema.json is what --json prints', async () => {
  const text = asJsonSchema(resultSchema, 'What gen-kmod prints with --json');
  await expect(text).toMatchFileSnapshot('../../schema/output.schema.json');
});
