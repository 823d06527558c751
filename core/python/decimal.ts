/** Floats as decimals of a wanted length, rounded from their exact value, halves to even, as C's printf and Python's round do. */

/** |value| as digits of a whole number times 10^-places, rounded half to even. */
function scaled(value: number, places: number): bigint {
  const { mantissa, exponent } = parts(Math.abs(value));
  let numerator = mantissa;
  let denominator = 1n;
  if (exponent >= 0) numerator <<= BigInt(exponent);
  else denominator <<= BigInt(-exponent);
  if (places >= 0) numerator *= 10n ** BigInt(places);
  else denominator *= 10n ** BigInt(-places);
  return divideHalfEven(numerator, denominator);
}

/** Both positive. */
export function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** value = mantissa × 2^exponent, exactly. */
function parts(value: number): { mantissa: bigint; exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const exponent = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & 0xfffffffffffffn;
  return exponent === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | 0x10000000000000n, exponent: exponent - 1075 };
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

/** As `%.<places>f`: finite values. */
export function fixed(value: number, places: number): string {
  const digits = scaled(value, places)
    .toString()
    .padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  return `${isNegative(value) ? '-' : ''}${whole}${places > 0 ? `.${digits.slice(-places)}` : ''}`;
}

/** Digits and exponent of d.ddd × 10^exponent with so many digits behind the point. */
export function scientific(value: number, places: number): { digits: string; exponent: number } {
  if (value === 0) return { digits: '0'.repeat(places + 1), exponent: 0 };
  let exponent = Math.floor(Math.log10(Math.abs(value)));
  let digits = scaled(value, places - exponent).toString();
  // The logarithm may be one too high or too low; rounding may add a digit.
  while (digits.length !== places + 1) {
    exponent += digits.length > places + 1 ? 1 : -1;
    digits = scaled(value, places - exponent).toString();
  }
  return { digits, exponent };
}

/** As `%.<places>e`. */
export function exponential(value: number, places: number): string {
  const { digits, exponent } = scientific(value, places);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  const fraction = places > 0 ? `.${digits.slice(1)}` : '';
  return `${isNegative(value) ? '-' : ''}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}

/** As `%.<precision>g`; `keepZeros` is the `#` flag. */
export function general(value: number, precision: number, keepZeros = false): string {
  const places = Math.max(precision, 1) - 1;
  const { exponent } = scientific(value, places);
  const text = exponent < -4 || exponent > places ? exponential(value, places) : fixed(value, places - exponent);
  return keepZeros ? text : text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');
}

/** `round(value, digits)` of a float: the nearest float to the exactly rounded decimal. */
export function roundFloat(value: number, digits: number): number {
  if (!Number.isFinite(value) || digits > 323) return value;
  if (digits < -308) return isNegative(value) ? -0 : 0;
  const rounded = scaled(value, digits);
  const result = Number(`${rounded}e${-digits}`);
  return isNegative(value) ? -result : result;
}
