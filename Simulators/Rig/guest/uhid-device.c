// SPDX-License-Identifier: Apache-2.0
// A HID device made through /dev/uhid that does what it is told on its standard input, a line each, bytes in hex:
//
//     input BYTES        sends an input report
//     answer CODE BYTES  what a GET_REPORT is answered with while CODE is selected
//
// SET_REPORT with a first byte of 80 or more selects, as an rf IDEAS pcProx does; any other replaces what the selected
// code is answered with. Nothing selected: GET_REPORT fails.
//
//     uhid-device VENDOR PRODUCT NAME DESCRIPTOR
#include <fcntl.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { answer_length = 8 };

static unsigned char answers[256][answer_length];
static int selected = -1;

static size_t from_hex(const char *text, unsigned char *bytes, size_t limit) {
    size_t count = 0;
    unsigned value;
    int used;
    while (count < limit && sscanf(text, " %2x%n", &value, &used) == 1) {
        bytes[count++] = (unsigned char)value;
        text += used;
    }
    return count;
}

static void put(int device, const struct uhid_event *event) {
    if (write(device, event, sizeof *event) != (ssize_t)sizeof *event) {
        perror("/dev/uhid");
        exit(1);
    }
}

static void create(int device, char **arguments) {
    struct uhid_event event = {.type = UHID_CREATE2};
    struct uhid_create2_req *request = &event.u.create2;
    snprintf((char *)request->name, sizeof request->name, "%s", arguments[3]);
    request->bus = BUS_USB;
    request->vendor = (unsigned)strtoul(arguments[1], NULL, 16);
    request->product = (unsigned)strtoul(arguments[2], NULL, 16);
    request->rd_size = (unsigned short)from_hex(arguments[4], request->rd_data, sizeof request->rd_data);
    put(device, &event);
}

static void asked(int device) {
    struct uhid_event event, reply = {0};
    if (read(device, &event, sizeof event) <= 0) exit(0);
    switch (event.type) {
    case UHID_SET_REPORT: {
        // The report's number, 0, comes first.
        const unsigned char *bytes = event.u.set_report.data + 1;
        if (bytes[0] >= 0x80) {
            selected = bytes[0];
        } else if (selected >= 0) {
            memcpy(answers[selected], bytes, answer_length);
        }
        reply.type = UHID_SET_REPORT_REPLY;
        reply.u.set_report_reply.id = event.u.set_report.id;
        put(device, &reply);
        break;
    }
    case UHID_GET_REPORT:
        reply.type = UHID_GET_REPORT_REPLY;
        reply.u.get_report_reply.id = event.u.get_report.id;
        reply.u.get_report_reply.err = selected < 0;
        reply.u.get_report_reply.size = answer_length + 1;
        if (selected >= 0) memcpy(reply.u.get_report_reply.data + 1, answers[selected], answer_length);
        put(device, &reply);
        break;
    default: break;
    }
}

static void told(int device, const char *line) {
    unsigned char bytes[1 + answer_length] = {0};
    if (strncmp(line, "input ", 6) == 0) {
        struct uhid_event event = {.type = UHID_INPUT2};
        event.u.input2.size = (unsigned short)from_hex(line + 6, event.u.input2.data, sizeof event.u.input2.data);
        put(device, &event);
    } else if (strncmp(line, "answer ", 7) == 0 && from_hex(line + 7, bytes, sizeof bytes) > 0) {
        memcpy(answers[bytes[0]], bytes + 1, answer_length);
    }
}

int main(int count, char **arguments) {
    static char line[3 * UHID_DATA_MAX];
    int device = open("/dev/uhid", O_RDWR | O_CLOEXEC);
    if (count != 5 || device < 0) return 2;
    setvbuf(stdin, NULL, _IONBF, 0);
    create(device, arguments);
    for (;;) {
        struct pollfd waits[] = {{.fd = device, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
        if (poll(waits, 2, -1) < 0) return 1;
        if (waits[0].revents) asked(device);
        if (waits[1].revents) {
            // The end of the orders unplugs the device.
            if (!fgets(line, sizeof line, stdin)) return 0;
            told(device, line);
        }
    }
}
