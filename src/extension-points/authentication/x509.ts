/**
 * Loads the X.509 library on first use: its import takes tens of milliseconds, so only what mints or parses a certificate pays for it.
 * Use node:crypto's `X509Certificate` for reading certificates.
 */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  // The library's container refuses to load without it.
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
