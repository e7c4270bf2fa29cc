/** 1.36 leaves out an empty time of creation, which older ones write as null. */
export const withoutNullTimes = (text: string): string =>
  text
    .replace(/^( *)(- )?metadata:\n\1 {2}(?: {2})?creationTimestamp: null\n(?!\1 {2})/gm, '$1$2metadata: {}\n')
    .replace(/^ *creationTimestamp: null\n/gm, '')
    .replace(/"metadata": \{\s*"creationTimestamp": null\s*\}/g, '"metadata": {}')
    .replace(/,\s*"creationTimestamp": null/g, '')
    .replace(/"creationTimestamp": null,\s*/g, '')
    .replace(/,\\?"creationTimestamp\\?":null/g, '')
    .replace(/\\?"creationTimestamp\\?":null,?/g, '');

/** Of what a server creates: names of its own making, times, versions. */
export const withoutServerFields = (text: string): string =>
  withoutNullTimes(text)
    .replace(/(resourceVersion|uid|creationTimestamp|clusterIP): .*/g, '$1: X')
    .replace(/("(?:resourceVersion|uid|creationTimestamp|clusterIP)"): "[^"]*"/g, '$1: X')
    .replace(/(- |")10\.\d+\.\d+\.\d+/g, '$1X');
