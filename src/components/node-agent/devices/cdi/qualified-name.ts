/** Rules of the names in CDI specifications, and the words of the CDI library for what breaks them. */

/** Splits `vendor/class`; undefined when it is not that. */
export function splitKind(kind: string): { readonly vendor: string; readonly className: string } | undefined {
  const at = kind.indexOf('/');
  return at <= 0 || at === kind.length - 1 ? undefined : { vendor: kind.slice(0, at), className: kind.slice(at + 1) };
}

/** Whether a text names a device: `vendor/class=device`. */
export function isQualifiedName(text: string): boolean {
  const at = text.indexOf('=');
  const kind = at < 0 ? undefined : splitKind(text.slice(0, at));
  return kind !== undefined && !vendorOrClassProblem(kind.vendor) && !vendorOrClassProblem(kind.className) && !deviceNameProblem(text.slice(at + 1));
}

export function vendorOrClassProblem(name: string): string | undefined {
  if (name === '') return 'empty name';
  if (!/^[A-Za-z]/.test(name)) return `${JSON.stringify(name)}, should start with letter`;
  const wrong = /[^\w.-]/.exec(name.slice(1, -1))?.[0];
  if (wrong !== undefined) return `invalid character '${wrong}' in name ${JSON.stringify(name)}`;
  return /[A-Za-z\d]$/.test(name) ? undefined : `${JSON.stringify(name)}, should end with a letter or digit`;
}

export function deviceNameProblem(name: string): string | undefined {
  if (name === '') return 'invalid (empty) device name';
  if (!/^[A-Za-z\d]/.test(name)) return `invalid class ${JSON.stringify(name)}, should start with a letter or digit`;
  const wrong = /[^\w.:-]/.exec(name.slice(1, -1))?.[0];
  if (wrong !== undefined) return `invalid character '${wrong}' in device name ${JSON.stringify(name)}`;
  return /[A-Za-z\d]$/.test(name) ? undefined : `invalid name ${JSON.stringify(name)}, should end with a letter or digit`;
}
