/* Included before everything else when the npm package is built: what the system has at fixed places lies
 * beside the addon there, wherever that is. */
#ifndef WA_JS_PACKAGE_PATHS_H
#define WA_JS_PACKAGE_PATHS_H

/* Set before main. */
extern char package_hrtf_path[], package_examples_path[];

#define WA_HRTF_DEFAULT_PATH  package_hrtf_path
#define WAVEPOOL_EXAMPLES_DIR package_examples_path

#endif
