/*
 * SHA-256 of many messages by Intel's libipsec-mb. The manager and its jobs are structures that change from version to
 * version. This file uses the library's own header for them, and Rust calls only the functions below.
 *
 * Source: intel-ipsec-mb.h of Debian's libipsec-mb-dev.
 */
#include <intel-ipsec-mb.h>
#include <stddef.h>
#include <stdint.h>

/* The instructions that a manager uses, in the order of `KINDS` in ipsec_mb.rs. */
enum kind { SSE, SHA_NI, AVX, AVX2, AVX512 };

static const struct {
	void (*init)(IMB_MGR *);
	uint64_t needed;
} KINDS[] = {
	[SSE] = { init_mb_mgr_sse, IMB_CPUFLAGS_SSE },
	[SHA_NI] = { init_mb_mgr_sse, IMB_CPUFLAGS_SSE | IMB_FEATURE_SHANI },
	[AVX] = { init_mb_mgr_avx, IMB_CPUFLAGS_AVX },
	[AVX2] = { init_mb_mgr_avx2, IMB_CPUFLAGS_AVX2 },
	[AVX512] = { init_mb_mgr_avx512, IMB_CPUFLAGS_AVX512 },
};

/*
 * Returns a manager, or NULL and the reason in `*why`, a static string.
 */
IMB_MGR *bench_open(enum kind kind, const char **why)
{
	/* If the SHA extensions are on, the library may use them instead of the requested instructions. */
	IMB_MGR *manager = alloc_mb_mgr(kind == SHA_NI ? 0 : IMB_FLAG_SHANI_OFF);
	int error;

	if (!manager) {
		*why = "the library cannot allocate a manager";
		return NULL;
	}
	/* Version 1.3 calls a null pointer if the CPU lacks the instructions of a manager. */
	if ((manager->features & KINDS[kind].needed) != KINDS[kind].needed) {
		*why = "this CPU lacks the instructions, according to the library";
		free_mb_mgr(manager);
		return NULL;
	}
	KINDS[kind].init(manager);
	error = imb_get_errno(manager);
	if (error) {
		*why = imb_get_strerror(error);
		free_mb_mgr(manager);
		return NULL;
	}
	return manager;
}

void bench_close(IMB_MGR *manager)
{
	free_mb_mgr(manager);
}

/*
 * Digests `count` messages, message i into digests[i]. Returns the number of messages without an error; less than
 * `count` is a failure.
 */
size_t bench_digest(IMB_MGR *manager, const uint8_t *const *messages, const size_t *lengths, uint8_t (*digests)[32],
		    size_t count)
{
	IMB_JOB *job;
	size_t done = 0;

	for (size_t i = 0; i < count; i++) {
		job = IMB_GET_NEXT_JOB(manager);
		job->cipher_mode = IMB_CIPHER_NULL;
		job->cipher_direction = IMB_DIR_ENCRYPT;
		job->chain_order = IMB_ORDER_HASH_CIPHER;
		job->hash_alg = IMB_AUTH_SHA_256;
		job->src = messages[i];
		job->hash_start_src_offset_in_bytes = 0;
		job->msg_len_to_hash_in_bytes = lengths[i];
		job->auth_tag_output = digests[i];
		job->auth_tag_output_len_in_bytes = 32;
		job = IMB_SUBMIT_JOB_NOCHECK(manager);
		for (; job; job = IMB_GET_COMPLETED_JOB(manager))
			done += job->status == IMB_STATUS_COMPLETED;
	}
	while ((job = IMB_FLUSH_JOB(manager)))
		done += job->status == IMB_STATUS_COMPLETED;
	return done;
}
