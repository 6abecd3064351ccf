package exchange

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// fingerprintGroups is how many groups of four hex digits a fingerprint has: 96 bits, which two people read to each other in half a minute.
const fingerprintGroups = 6

// keyFingerprint is the start of the SHA-256 of a verifier text, in groups of four hex digits.
func keyFingerprint(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	digits := hex.EncodeToString(sum[:2*fingerprintGroups])
	groups := make([]string, fingerprintGroups)
	for i := range groups {
		groups[i] = digits[4*i : 4*i+4]
	}
	return strings.Join(groups, " ")
}

// Fingerprint is that of this node's signing key, for people to compare by telephone.
func (n *Node) Fingerprint() string { return keyFingerprint(n.Identity.Key.Verifier()) }

// RequestFingerprint verifies a request and tells the fingerprint of the key that asks to be admitted: the new node's Fingerprint.
func RequestFingerprint(request []byte) (string, error) {
	r, err := OpenRequest(request)
	if err != nil {
		return "", err
	}
	return keyFingerprint(r.Verifier), nil
}

// AdmissionFingerprint verifies an admission and tells the fingerprint of the key that signed it: the Fingerprint of the node above.
func AdmissionFingerprint(admission []byte) (string, error) {
	_, certificates, err := verifyAdmission(admission)
	if err != nil {
		return "", err
	}
	return keyFingerprint(certificates[1].Verifier), nil
}
