// Package iam is the directory of users, their subusers, keys and capabilities.
//
//	CreateUser, UpdateUser, CreateKey, ...          Key (auth.KeySource)
//	        |  one transaction each                     |  cached
//	        v                                           v
//	  user row   <--- e-mail row                   access key ---> user
//	  device row (AddMFADevice, VerifyMFA: auth.SecondFactor)
//	  role row (CreateRole, UpdateRole, RemoveRole)
//	  key row    <--- row "keys of the user"       secret: opened with the Sealer
//	        |
//	  driver.Index, name space 'i'
//
// Access keys of a user are its own, a subuser's, or in a key set: a named group
// of keys that prove the user all the same.
//
// Users live in tenants; the default tenant is "". A user's full name, by which
// all other packages know it, is "uid" in the default tenant and "tenant$uid"
// elsewhere (see [UserID]).
//
// Secrets are sealed before they are stored, with a key of the server that is
// not in the index (see [MasterKey]), and each is bound to the row that it is
// in: neither a copy of the index nor a row that was moved tells or lends a
// secret.
package iam
