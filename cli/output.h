/* cli/output.h -- rendered audio to a file, block by block: what render and demo share. */
#ifndef WA_CLI_OUTPUT_H
#define WA_CLI_OUTPUT_H
#include "session.h"

/* "float", "pcm16" or "pcm24", or NULL for the default of path's ending. Returns CLI_OK or CLI_USAGE,
 * reported. */
int output_choose_format(const char *path, const char *name, wa_file_format *format);
/* That something can be written at path, before hours are spent on it: its folder is there, and nothing but a
 * file is in the way. Returns CLI_OK or CLI_FAILED, reported. */
int output_check_path(const char *path);
/* Render all of open into path. A render that fails leaves no file. Returns an exit code, reported. */
int output_render(session *open, const char *path, wa_file_format format);
#endif /* WA_CLI_OUTPUT_H */
