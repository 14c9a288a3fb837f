/* The worker serves each job until it has no more to do, leaves those alone that are in hand, sleeps as long as
 * they allow, and is out of a job once that is removed. Jobs count what is done to them; nothing depends on how
 * fast it goes. */
#include "engines.h"
#include "media/worker.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

typedef struct counter {
    job work;
    _Atomic uint32_t left; /* steps that have more to do after them */
    _Atomic uint32_t served, rested;
    _Atomic uint64_t rest_ns;
    pthread_t thread;     /* who served it last */
    sem_t *enter, *leave; /* not NULL: a step waits for the test */
} counter;

static counter *counter_of(const job *of) {
    return (counter *)((char *)(uintptr_t)of - offsetof(counter, work));
}

static bool serve(job *of) {
    counter *own = counter_of(of);
    own->thread = pthread_self();
    if (own->enter != NULL) {
        sem_post(own->enter);
        sem_wait(own->leave);
    }
    own->served++;
    if (own->left == 0) {
        return false;
    }
    own->left--;
    return true;
}

static uint64_t rest_ns(const job *of, uint64_t since_ns) {
    (void)since_ns;
    counter_of(of)->rested++;
    return counter_of(of)->rest_ns;
}

static void init(counter *of, uint64_t may_rest_ns) {
    memset(of, 0, sizeof *of);
    of->work = (job){ .serve = serve, .rest_ns = rest_ns };
    of->rest_ns = may_rest_ns;
}

static void wait_for(const _Atomic uint32_t *count, uint32_t least) {
    const struct timespec pause = { 0, 200000 };
    for (uint32_t tries = 0; atomic_load(count) < least; tries++) {
        assert_true(tries < 50000);
        nanosleep(&pause, NULL);
    }
}

static void serves_until_done(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    counter jobs[5];
    for (uint32_t i = 0; i < 5; i++) {
        init(&jobs[i], JOB_NEVER);
        jobs[i].left = i * 100;
        assert_int_equal(worker_add(engine, &jobs[i].work), WA_OK);
    }
    for (uint32_t i = 0; i < 5; i++) {
        wait_for(&jobs[i].served, i * 100 + 1);
        assert_int_equal(jobs[i].left, 0);
    }
    for (uint32_t i = 0; i < 5; i++) {
        worker_remove(engine, &jobs[i].work);
        assert_false(pthread_equal(jobs[i].thread, pthread_self()));
    }
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* Asleep for good it is served when somebody wakes it, and not otherwise; with a rest it comes by itself. */
static void rests_and_wakes(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    counter never, often;
    init(&never, JOB_NEVER);
    assert_int_equal(worker_add(engine, &never.work), WA_OK);
    wait_for(&never.rested, 1);
    const uint32_t before = never.served;
    const struct timespec pause = { 0, 30000000 };
    nanosleep(&pause, NULL);
    assert_int_equal(never.served, before);
    worker_wake(engine);
    wait_for(&never.served, before + 1);
    init(&often, 1000000);
    assert_int_equal(worker_add(engine, &often.work), WA_OK);
    wait_for(&often.served, 5);
    worker_remove(engine, &never.work);
    worker_remove(engine, &often.work);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

static void in_hand_it_is_left_alone(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    counter mine, other;
    init(&mine, 1000000);
    init(&other, 1000000);
    assert_int_equal(worker_add(engine, &mine.work), WA_OK);
    assert_int_equal(worker_add(engine, &other.work), WA_OK);
    wait_for(&mine.served, 1);
    worker_take_in_hand(engine, &mine.work);
    worker_take_in_hand(engine, &mine.work);
    const uint32_t before = mine.served;
    wait_for(&other.served, other.served + 5);
    assert_int_equal(mine.served, before);
    assert_false(mine.work.serve(&mine.work)); /* mine alone: no lock is needed */
    assert_int_equal(mine.served, before + 1);
    worker_let_go(engine, &mine.work);
    wait_for(&mine.served, before + 2);
    worker_remove(engine, &mine.work);
    worker_remove(engine, &other.work);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

typedef struct removal {
    wa_engine *engine;
    counter *of;
    _Atomic uint32_t is_over;
} removal;

static void *remove_it(void *user) {
    removal *own = user;
    worker_remove(own->engine, &own->of->work);
    own->is_over = 1;
    return NULL;
}

/* A removal waits for the step that runs, and for no other. */
static void removal_waits_for_a_step(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    sem_t enter, leave;
    counter slow;
    sem_init(&enter, 0, 0);
    sem_init(&leave, 0, 0);
    init(&slow, 1000000);
    slow.enter = &enter;
    slow.leave = &leave;
    slow.left = 1000;
    assert_int_equal(worker_add(engine, &slow.work), WA_OK);
    sem_wait(&enter); /* it is inside */
    removal own = { engine, &slow, 0 };
    pthread_t remover;
    assert_int_equal(pthread_create(&remover, NULL, remove_it, &own), 0);
    const struct timespec pause = { 0, 20000000 };
    nanosleep(&pause, NULL);
    assert_int_equal(own.is_over, 0);
    sem_post(&leave);
    wait_for(&own.is_over, 1);
    pthread_join(remover, NULL);
    assert_int_equal(slow.served, 1);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
    sem_destroy(&enter);
    sem_destroy(&leave);
}

/* No budget, no thread; and nothing is kept. */
static void refused(void **state) {
    (void)state;
    wa_engine *engine = engine_of(1000000);
    const uint64_t used = stats_of(engine).used_bytes;
    counter one;
    init(&one, JOB_NEVER);
    assert_int_equal(wa_engine_set_budget(engine, used), WA_OK);
    assert_int_equal(worker_add(engine, &one.work), WA_ERR_BUDGET);
    assert_message_has("thread for files");
    worker_wake(engine); /* of none */
    assert_int_equal(stats_of(engine).used_bytes, used);
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

/* -- Many threads ------------------------------------------------------------------------------- */

enum { THREADS = 3, ROUNDS = 300 };

static void *come_and_go(void *user) {
    for (uint32_t round = 0; round < ROUNDS; round++) {
        counter own;
        init(&own, round % 2 == 0 ? 100000 : JOB_NEVER);
        own.left = round % 7;
        if (worker_add(user, &own.work) != WA_OK) {
            abort();
        }
        if (round % 3 == 0) {
            worker_wake(user);
        }
        if (round % 5 == 0) {
            worker_take_in_hand(user, &own.work);
            worker_let_go(user, &own.work);
        }
        worker_remove(user, &own.work);
    }
    return NULL;
}

static void many_threads(void **state) {
    (void)state;
    wa_engine *engine = engine_of(10000000);
    pthread_t threads[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, engine), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(wa_engine_destroy(engine), WA_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serves_until_done),
        cmocka_unit_test(rests_and_wakes),
        cmocka_unit_test(in_hand_it_is_left_alone),
        cmocka_unit_test(removal_waits_for_a_step),
        cmocka_unit_test(refused),
        cmocka_unit_test(many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
