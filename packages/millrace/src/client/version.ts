/** The version of this package, as it introduces itself to servers. A test holds it to the manifest. */
export const version = "0.1.0";
