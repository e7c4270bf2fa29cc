/**
 * Loads the X.509 library on first use: its import takes tens of milliseconds, so only what mints or parses a certificate pays for it.
 * Use node:crypto's `X509Certificate` for reading certificates.
 */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  provideMetadataReflection();
  return import('@peculiar/x509');
}

type MetadataReflection = Record<'getMetadata' | 'getOwnMetadata' | 'hasOwnMetadata' | 'defineMetadata', (...args: never[]) => unknown>;

/** The library's container refuses to load without the metadata half of the `reflect-metadata` proposal; it needs no more of it than this. */
function provideMetadataReflection(): void {
  const reflect = Reflect as typeof Reflect & Partial<MetadataReflection>;
  if (reflect.getMetadata) return;
  const byTarget = new WeakMap<object, Map<unknown, unknown>>();
  const own = (key: unknown, target: object): unknown => byTarget.get(target)?.get(key);
  reflect.getOwnMetadata = own;
  reflect.hasOwnMetadata = (key: unknown, target: object) => byTarget.get(target)?.has(key) ?? false;
  reflect.getMetadata = (key: unknown, target: object) => {
    for (let current: object | null = target; current !== null; current = Object.getPrototypeOf(current) as object | null) {
      if (byTarget.get(current)?.has(key)) return own(key, current);
    }
    return undefined;
  };
  reflect.defineMetadata = (key: unknown, value: unknown, target: object) => {
    const values = byTarget.get(target) ?? new Map<unknown, unknown>();
    byTarget.set(target, values.set(key, value));
  };
}
