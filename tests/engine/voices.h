/* tests/engine/voices.h -- a rig and a pool of voices that show whether they are as their template says.
 *
 * FIRST + SECOND + THIRD -> SUM -> LINE (480 frames) -> output. The constants are 1e8, 1 and -1e8: in their
 * order of connection they sum to 0, in every other one they do not. Include after <cmocka.h>.
 */
#ifndef WA_TESTS_ENGINE_VOICES_H
#define WA_TESTS_ENGINE_VOICES_H
#include "rig.h"

enum { FIRST, SECOND, THIRD, SUM, LINE, MEMBERS };
enum { LINE_FRAMES = 480 };

extern rig *r;
extern wa_voice_pool *pool;
int voices_set_up(void **state);    /* a rig, and no pool yet */
int voices_tear_down(void **state); /* checks that nothing is left behind */
#define VOICE_TEST(name) cmocka_unit_test_setup_teardown(name, voices_set_up, voices_tear_down)

wa_voice_pool *make_pool(uint32_t max_size); /* playing to the destination */
wa_node at(wa_voice voice, uint32_t index);
wa_voice take(void);
void start(wa_voice voice); /* all three, now */
void connect_members(wa_voice voice, uint32_t source, uint32_t destination);
void cut_member(wa_voice voice, uint32_t source);
wa_node_pool_stats stats(void); /* when all that came back has been taken in */
/* Take one, hear that it is as the template says, and give it back. */
void assert_as_template(void);
#endif /* WA_TESTS_ENGINE_VOICES_H */
