// SPDX-License-Identifier: Apache-2.0
// libcurl and, as functions, its variadics with the types that each option takes.
#pragma once

#include <curl/curl.h>

static inline CURLcode cc_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode cc_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

/// The bytes are copied. Also makes it a request with a body.
static inline CURLcode cc_set_body(CURL *handle, const void *bytes, curl_off_t count) {
    CURLcode result = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
    return result == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes) : result;
}

static inline CURLcode cc_set_headers(CURL *handle, struct curl_slist *headers) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

static inline CURLcode cc_set_writer(CURL *handle, curl_write_callback writer, void *context) {
    CURLcode result = curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
    return result == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, writer) : result;
}

/// 0 until the server has answered.
static inline long cc_status(CURL *handle) {
    long status = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

/// Why connecting failed, as the system says it; 0 when it did not.
static inline long cc_connect_errno(CURL *handle) {
    long code = 0;
    return curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &code) == CURLE_OK ? code : 0;
}
