// Package lesson writes pages to learn from: a recorded handshake step by step, or the guided tour as a course, each
// one file that fetches nothing and in which nothing runs.
//
// It has no words about the protocol. What is explained comes from flow/explain, what is asked from flow/tour, what is
// told of a handshake from ui/document and ui/story. A page has every explanation once, and what names it leads there.
package lesson
