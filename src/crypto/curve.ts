interface CurveRow {
  /** Length of a coordinate or scalar in bytes. */
  readonly size: number;
  /** The named curve's object identifier (RFC 5480 §2.1.1.1, RFC 5639 §4.1). */
  readonly oid: string;
}

/** The curves, each with the bytes of a coordinate and its object identifier. */
export const curves = {
  'P-256': { size: 32, oid: '1.2.840.10045.3.1.7' },
  'P-384': { size: 48, oid: '1.3.132.0.34' },
  'P-521': { size: 66, oid: '1.3.132.0.35' },
  brainpoolP256r1: { size: 32, oid: '1.3.36.3.3.2.8.1.1.7' },
  brainpoolP384r1: { size: 48, oid: '1.3.36.3.3.2.8.1.1.11' },
  brainpoolP512r1: { size: 64, oid: '1.3.36.3.3.2.8.1.1.13' },
} as const satisfies Readonly<Record<string, CurveRow>>;

/** The name of an elliptic curve. */
export type CurveName = keyof typeof curves;

/** The names of the curves. */
export const curveNames = Object.keys(curves) as readonly CurveName[];

/** The curve with this object identifier, dotted. */
export const curveOfOid = (oid: string): CurveName | undefined => curveNames.find((name) => curves[name].oid === oid);

/** Length of a coordinate in bytes. */
export const curveSize = (name: CurveName): number => curves[name].size;
