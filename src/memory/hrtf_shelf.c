/* A short list under the resource lock. Memory is taken and given outside of it. */
#include "hrtf_shelf.h"
#include "buffers.h"
#include "engine.h"
#include <stdatomic.h>
#include <string.h>

void hrtf_destroy(wa_engine *engine, wa_resource *resource) {
    assert(resource->kind == WA_RESOURCE_HRTF);
    wa_hrtf_data *set = (wa_hrtf_data *)resource;
    memory_give_with(engine, WA_MEMORY_HRTF, set, set->memory_bytes, false);
}

static void free_entry(wa_engine *engine, hrtf_entry *entry) {
    resource_unreference(engine, &entry->set->resource);
    memory_give(engine, WA_MEMORY_HRTF, entry, sizeof *entry);
}

static void free_list(wa_engine *engine, hrtf_entry *first) {
    while (first != NULL) {
        hrtf_entry *next = first->next;
        free_entry(engine, first);
        first = next;
    }
}

uint32_t hrtf_shelf_source(wa_engine *engine, char path[HRTF_PATH_BYTES]) {
    pthread_mutex_lock(&engine->resource_mutex);
    const uint32_t number = engine->hrtf_source_number;
    path[0] = '\0';
    if (engine->hrtf_path != NULL)
        memcpy(path, engine->hrtf_path, HRTF_PATH_BYTES);
    pthread_mutex_unlock(&engine->resource_mutex);
    return number;
}

static hrtf_entry *find_locked(const wa_engine *engine, double sample_rate_hz) {
    hrtf_entry *entry = engine->hrtf_entries;
    while (entry != NULL && entry->set->sample_rate_hz != sample_rate_hz)
        entry = entry->next;
    return entry;
}

wa_hrtf_data *hrtf_shelf_find(wa_engine *engine, double sample_rate_hz) {
    pthread_mutex_lock(&engine->resource_mutex);
    const hrtf_entry *entry = find_locked(engine, sample_rate_hz);
    wa_hrtf_data *set = entry != NULL ? entry->set : NULL;
    if (set != NULL)
        resource_reference(&set->resource);
    pthread_mutex_unlock(&engine->resource_mutex);
    return set;
}

static wa_status make_entry(wa_engine *engine, wa_hrtf_data *set, hrtf_entry **made) {
    void *memory = NULL;
    const wa_status status =
        memory_take(engine, WA_MEMORY_HRTF, sizeof(hrtf_entry), "an HRTF set's entry", &memory);
    if (status != WA_OK) {
        resource_unreference(engine, &set->resource);
        return status;
    }
    *made = memory;
    (*made)->set = set;
    return WA_OK;
}

wa_status hrtf_shelf_add(wa_engine *engine, uint32_t number, wa_hrtf_data **set) {
    hrtf_entry *made = NULL;
    const wa_status status = make_entry(engine, *set, &made);
    if (status != WA_OK)
        return status;
    pthread_mutex_lock(&engine->resource_mutex);
    const hrtf_entry *there = find_locked(engine, (*set)->sample_rate_hz);
    const bool is_wanted = number == engine->hrtf_source_number && there == NULL;
    if (is_wanted) {
        made->next = engine->hrtf_entries;
        engine->hrtf_entries = made;
    } else if (number == engine->hrtf_source_number) {
        *set = there->set;
    }
    resource_reference(&(*set)->resource);
    pthread_mutex_unlock(&engine->resource_mutex);
    if (!is_wanted)
        free_entry(engine, made);
    return WA_OK;
}

wa_status hrtf_shelf_replace(wa_engine *engine, const char *path, wa_hrtf_data *first) {
    hrtf_entry *made = NULL;
    void *kept_path = NULL;
    wa_status status = make_entry(engine, first, &made);
    if (status != WA_OK)
        return status;
    if (path[0] != '\0')
        status = memory_take(engine, WA_MEMORY_HRTF, HRTF_PATH_BYTES, "an HRTF set's path", &kept_path);
    if (status != WA_OK) {
        free_entry(engine, made);
        return status;
    }
    if (kept_path != NULL)
        memcpy(kept_path, path, strnlen(path, HRTF_PATH_BYTES - 1));
    pthread_mutex_lock(&engine->resource_mutex);
    hrtf_entry *old = engine->hrtf_entries;
    char *old_path = engine->hrtf_path;
    engine->hrtf_entries = made;
    engine->hrtf_path = kept_path;
    engine->hrtf_source_number++;
    pthread_mutex_unlock(&engine->resource_mutex);
    free_list(engine, old);
    memory_give(engine, WA_MEMORY_HRTF, old_path, HRTF_PATH_BYTES);
    return WA_OK;
}

/* Under the lock nobody can find a set, so that one which only the shelf holds stays unused. */
uint64_t hrtf_shelf_trim(wa_engine *engine, uint64_t want_bytes) {
    hrtf_entry *freed = NULL;
    uint64_t freed_bytes = 0;
    pthread_mutex_lock(&engine->resource_mutex);
    hrtf_entry **link = &engine->hrtf_entries;
    while (*link != NULL && freed_bytes < want_bytes) {
        hrtf_entry *entry = *link;
        if (atomic_load_explicit(&entry->set->resource.reference_count, memory_order_acquire) != 1) {
            link = &entry->next;
            continue;
        }
        *link = entry->next;
        entry->next = freed;
        freed = entry;
        freed_bytes += memory_charge_bytes(engine, entry->set->memory_bytes);
    }
    pthread_mutex_unlock(&engine->resource_mutex);
    free_list(engine, freed);
    return freed_bytes;
}

void hrtf_shelf_finish(wa_engine *engine) {
    free_list(engine, engine->hrtf_entries);
    memory_give(engine, WA_MEMORY_HRTF, engine->hrtf_path, HRTF_PATH_BYTES);
    engine->hrtf_entries = NULL;
    engine->hrtf_path = NULL;
}
