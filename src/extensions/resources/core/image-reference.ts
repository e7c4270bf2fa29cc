/** Whether an image reference means the tag `latest`: named so, or with neither tag nor digest. */
export function isLatestImage(image: string): boolean {
  const at = image.indexOf('@');
  const named = at < 0 ? image : image.slice(0, at);
  const colon = named.lastIndexOf(':');
  // A colon before the last slash belongs to the registry's port.
  const tag = colon > named.lastIndexOf('/') ? named.slice(colon + 1) : '';
  return tag === 'latest' || (tag === '' && at < 0);
}

/** What `imagePullPolicy` means when it is absent. */
export const defaultPullPolicy = (image: string): 'Always' | 'IfNotPresent' => (isLatestImage(image) ? 'Always' : 'IfNotPresent');
