/** A second required key of a control tree, for the examples of rules: a node below `/signature`. */
export const exampleKey = `key-other {
		required = "conf";
		algo = "sha256,ecdsa256";
		key-name-hint = "other";
		ecdsa,curve = "prime256v1";
		ecdsa,x-point = [7cf27b18 8d034f7e 8a523803 04b51ac3 c08969e2 77f21b35 a60b48fc 47669978];
		ecdsa,y-point = [07775510 db8ed040 293d9ac6 9f7430db ba7dade6 3ce98229 9e04b79d 227873d1];
	};`;
