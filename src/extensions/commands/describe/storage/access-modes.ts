const abbreviations = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** `RWO,ROX`: in an order of their own. */
export const accessModesText = (modes: readonly string[] = []): string =>
  Object.entries(abbreviations)
    .filter(([mode]) => modes.includes(mode))
    .map(([, abbreviation]) => abbreviation)
    .join(',');

/** Where volumes and claims named their class before there was a field. */
export const classAnnotation = 'volume.beta.kubernetes.io/storage-class';
