/**
 * Digits of a float by Florian Loitsch's Grisu2 ("Printing Floating-Point
 * Numbers Quickly and Accurately with Integers", 2010), which the JSON library
 * behind Nix uses. They always give the number back, but one time in a
 * thousand there are more of them than needed, or the last is not the nearest:
 * `6.4893e20` is written `6.489299999999999e+20`. To be equal to Nix is to make
 * the same detour, so every rounding here is the paper's: numbers are 64-bit
 * significands with a binary exponent, and a product loses its low 64 bits.
 */

interface Scaled {
  readonly f: bigint;
  readonly e: number;
}

/** The binary exponent of the scaled number is brought to at least this. */
const alpha = -60;
/** Powers of ten are kept eight apart. */
const step = 8;
const lowestPower = -300;

const powers = new Map<number, Scaled>();

/** 10^k rounded to a significand of 64 bits. */
function powerOfTen(k: number): Scaled {
  let power = powers.get(k);
  if (power === undefined) {
    const wide = 1400n;
    const exact = k >= 0 ? (10n ** BigInt(k)) << wide : (1n << (2n * wide)) / 10n ** BigInt(-k);
    const excess = exact.toString(2).length - 64;
    const f = (exact + (1n << BigInt(excess - 1))) >> BigInt(excess);
    power = { f, e: excess - Number(k >= 0 ? wide : 2n * wide) };
    powers.set(k, power);
  }
  return power;
}

function multiply(x: Scaled, y: Scaled): Scaled {
  return { f: (x.f * y.f + (1n << 63n)) >> 64n, e: x.e + y.e + 64 };
}

function normalise({ f, e }: Scaled): Scaled {
  const shift = 64 - f.toString(2).length;
  return { f: f << BigInt(shift), e: e - shift };
}

/** The digits of a finite x > 0; its value is 0.digits × 10^point. */
export function shortestDigits(x: number): { digits: string; point: number } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const field = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  const value: Scaled =
    field === 0 ? { f: fraction, e: -1074 } : { f: fraction | (1n << 52n), e: field - 1075 };

  // Halfway to the neighbours; the lower one is nearer just above a power of two.
  const above = normalise({ f: 2n * value.f + 1n, e: value.e - 1 });
  const near = fraction === 0n && field > 1;
  const below: Scaled = near
    ? { f: 4n * value.f - 1n, e: value.e - 2 }
    : { f: 2n * value.f - 1n, e: value.e - 1 };

  const distance = alpha - above.e - 1;
  const estimate = Math.trunc((distance * 78913) / 2 ** 18) + (distance > 0 ? 1 : 0);
  const index = Math.trunc((estimate - lowestPower + (step - 1)) / step);
  const k = lowestPower + index * step;
  const power = powerOfTen(k);

  const middle = multiply(normalise(value), power);
  const low = multiply({ f: below.f << BigInt(below.e - above.e), e: above.e }, power).f + 1n;
  const { f, e } = multiply(above, power);
  return generate(low, middle.f, f - 1n, BigInt(-e), -k);
}

/** Digits of `high` until the rest is within the interval down to `low`, then as near to `middle` as may be. */
function generate(
  low: bigint,
  middle: bigint,
  high: bigint,
  shift: bigint,
  exponent: number,
): { digits: string; point: number } {
  const one = 1n << shift;
  let delta = high - low;
  let target = high - middle;
  let part = high & (one - 1n);
  const whole = (high >> shift).toString();
  let taken = 0;
  let left = high >> shift;
  for (const digit of whole) {
    taken++;
    const unit = 10n ** BigInt(whole.length - taken);
    left -= BigInt(digit) * unit;
    const rest = (left << shift) + part;
    if (rest <= delta) {
      const digits = approach(whole.slice(0, taken), target, delta, rest, unit << shift);
      return { digits, point: exponent + whole.length };
    }
  }
  let digits = whole;
  for (;;) {
    part *= 10n;
    digits += (part >> shift).toString();
    part &= one - 1n;
    delta *= 10n;
    target *= 10n;
    if (part <= delta) break;
  }
  return { digits: approach(digits, target, delta, part, one), point: exponent + whole.length };
}

/** Lower the last digit while that comes nearer and stays inside. */
function approach(digits: string, target: bigint, delta: bigint, from: bigint, unit: bigint): string {
  let last = Number(digits.at(-1));
  let rest = from;
  while (
    rest < target &&
    delta - rest >= unit &&
    (rest + unit < target || target - rest > rest + unit - target)
  ) {
    last--;
    rest += unit;
  }
  return digits.slice(0, -1) + last;
}
