/** By type, what it takes and what it does not, on 32 bits. */
export const parameterValues: Record<
  string,
  [takes: (string | undefined)[], refuses: (string | undefined)[]]
> = {
  int: [
    ['0', '-1', '+7', '0x1f', '-0X1F', '017', '2147483647', '-2147483648', '5\n', '00', '-0'],
    [
      '',
      undefined,
      '2147483648',
      '-2147483649',
      '08',
      '0o17',
      '0x',
      '1k',
      ' 1',
      '1 ',
      '--1',
      '-+1',
      '1.0',
      '5\n\n',
      'a',
    ],
  ],
  uint: [
    ['0', '+1', '4294967295', '0xffffffff', `${'0'.repeat(50)}1`],
    ['-1', '-0', '4294967296', '++1', undefined],
  ],
  byte: [
    ['0', '255', '0377'],
    ['256', '-1'],
  ],
  short: [['-32768', '32767'], ['32768']],
  ushort: [['65535'], ['65536', '-1']],
  hexint: [
    ['0xffffffff', '10'],
    ['ff', '0x100000000'],
  ],
  long: [['2147483647'], ['2147483648']],
  ulong: [['4294967295'], ['4294967296']],
  ullong: [['18446744073709551615'], ['18446744073709551616', '9'.repeat(1_000)]],
  bool: [
    [undefined, 'y', 'Yes', '1', 'n', 'N', '0', 'on', 'OFF', 'true', 'F', '10', 'yup'],
    ['', '2', 'o', 'ok', ' y', '-1'],
  ],
  invbool: [['y'], ['x', undefined]],
  bint: [[undefined, '1'], ['2']],
  charp: [
    ['', 'any, thing', 'x'.repeat(1024), 'é'.repeat(512)],
    [undefined, 'x'.repeat(1025), 'é'.repeat(513)],
  ],
  string: [['', 'anything'], [undefined]],
  'array of int': [
    ['1', '1,-2,0x3'],
    ['', '1,', ',1', '1, 2', '1,x', undefined],
  ],
  'array of byte': [
    ['0xff', '0,1'],
    ['256', '1,-1'],
  ],
  'array of short': [
    ['-1', '1,2'],
    ['32768', '1,x'],
  ],
  'array of ushort': [['1,65535'], ['1,65536']],
  'array of uint': [['1,4294967295'], ['-1,1']],
  'array of ulong': [['1'], ['-1', '1,']],
  'array of bool': [
    ['y', 'y,n,0'],
    ['', 'y,,n', undefined],
  ],
  'array of charp': [['', 'a', ',,'], [undefined]],
  'array of axis': [['what,ever', undefined], []],
  timeout: [['what,ever', undefined], []],
};
