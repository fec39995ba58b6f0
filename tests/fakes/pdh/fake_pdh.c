/* Stands for Windows' pdh.dll, which cannot be here: the same functions, structures and codes.
 *
 * FAKE_PDH names a file with lines "counter instance bytes", in which counter is "dedicated",
 * "shared" or "process". An empty file has no instances, none at all is a Windows without them.
 * Texts are UTF-16, as on Windows.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OK = 0, LARGE = 0x400 };
#define MORE_DATA ((int32_t)0x800007D2)
#define NO_OBJECT ((int32_t)0xC0000BB8)
#define NO_DATA ((int32_t)0x800007D5)

typedef struct { uint16_t *name; uint32_t status; int64_t value; } Item;
static const char *names[] = {"dedicated", "shared", "process"};
static const char *paths[] = {
    "\\GPU Adapter Memory(*)\\Dedicated Usage",
    "\\GPU Adapter Memory(*)\\Shared Usage",
    "\\GPU Process Memory(*)\\Dedicated Usage",
};
static int collected;

static FILE *data(void) { return fopen(getenv("FAKE_PDH"), "r"); }

int32_t PdhOpenQueryW(const uint16_t *source, uintptr_t user, void **query) {
    (void)user;
    if (source) return NO_OBJECT;
    *query = &collected;
    return OK;
}
int32_t PdhAddEnglishCounterW(void *query, const uint16_t *path, uintptr_t user, void **counter) {
    char text[128] = "";
    FILE *file = data();
    (void)user;
    if (query != &collected || !file) return NO_OBJECT;
    fclose(file);
    for (int i = 0; path[i] && i < 127; i++) text[i] = (char)path[i];
    for (int i = 0; i < 3; i++)
        if (strcmp(text, paths[i]) == 0) { *counter = (void *)names[i]; return OK; }
    return NO_OBJECT;
}
int32_t PdhCollectQueryData(void *query) {
    FILE *file = data();
    if (query != &collected || !file) return NO_DATA;
    fclose(file);
    collected = 1;
    return OK;
}
int32_t PdhGetFormattedCounterArrayW(void *counter, uint32_t format, uint32_t *size,
                                     uint32_t *count, void *room) {
    char kind[32], instance[128];
    long long value;
    uint32_t items = 0, characters = 0;
    FILE *file = data();
    if (format != LARGE || !collected || !file) return NO_DATA;
    while (fscanf(file, "%31s %127s %lld", kind, instance, &value) == 3)
        if (strcmp(kind, counter) == 0) { items++; characters += (uint32_t)strlen(instance) + 1; }
    uint32_t needed = items * (uint32_t)sizeof(Item) + characters * 2;
    if (*size < needed || !room) {
        fclose(file);
        *size = needed;
        *count = items;
        return items ? MORE_DATA : OK;
    }
    Item *item = room;
    uint16_t *text = (uint16_t *)(item + items);
    rewind(file);
    while (fscanf(file, "%31s %127s %lld", kind, instance, &value) == 3) {
        if (strcmp(kind, counter) != 0) continue;
        item->name = text;
        item->status = value < 0 ? 0xC0000BBA : 0; /* invalid data */
        item->value = value;
        for (size_t i = 0; i <= strlen(instance); i++) *text++ = (uint16_t)instance[i];
        item++;
    }
    fclose(file);
    *count = items;
    return OK;
}
int32_t PdhCloseQuery(void *query) { (void)query; collected = 0; return OK; }
