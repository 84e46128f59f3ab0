UPDATE scim_document SET folded = json(folded);
