/**
 * The one common name (CN) that counts of those in a certificate's or a request's subject, in their order: the last, as upstream's certificate parser has it; `''` without one.
 * Everything that looks at a subject goes by this, so that what is approved, what is signed and who logs in with it are the same.
 */
export const effectiveCommonName = (commonNames: string | readonly string[] | undefined): string => [commonNames ?? []].flat().at(-1) ?? '';
