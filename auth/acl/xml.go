package acl

import (
	"context"
	"encoding/json"
	"encoding/xml"

	"github.com/cofferstore/coffer/internal/xmldoc"
)

const (
	s3Namespace  = "http://s3.amazonaws.com/doc/2006-03-01/"
	xsiNamespace = "http://www.w3.org/2001/XMLSchema-instance"
)

type xmlOwner struct {
	ID          string `xml:"ID"`
	DisplayName string `xml:"DisplayName,omitempty"`
}

type xmlGrantee struct {
	XSI         string `xml:"xmlns:xsi,attr,omitempty"`
	Type        string `xml:"xsi:type,attr,omitempty"`
	ID          string `xml:"ID,omitempty"`
	DisplayName string `xml:"DisplayName,omitempty"`
	URI         string `xml:"URI,omitempty"`
}

type xmlGrant struct {
	Grantee    xmlGrantee `xml:"Grantee"`
	Permission Permission `xml:"Permission"`
}

type xmlACL struct {
	XMLName xml.Name   `xml:"AccessControlPolicy"`
	NS      string     `xml:"xmlns,attr,omitempty"`
	Owner   xmlOwner   `xml:"Owner"`
	Grants  []xmlGrant `xml:"AccessControlList>Grant"`
}

// XML returns the ACL as S3's AccessControlPolicy document, without the XML
// declaration.
func (a *ACL) XML() ([]byte, error) {
	doc := xmlACL{NS: s3Namespace, Owner: xmlOwner(a.Owner)}
	for _, g := range a.Grants {
		x := xmlGrant{Permission: g.Permission, Grantee: xmlGrantee{XSI: xsiNamespace, Type: "Group", URI: g.Group}}
		if g.Group == "" {
			x.Grantee = xmlGrantee{XSI: xsiNamespace, Type: "CanonicalUser", ID: g.User.ID, DisplayName: g.User.DisplayName}
		}
		doc.Grants = append(doc.Grants, x)
	}
	return xml.Marshal(doc)
}

// inACL is the document as it arrives: the type of a grantee is an attribute of
// another name space.
type inACL struct {
	XMLName xml.Name `xml:"AccessControlPolicy"`
	Owner   *struct {
		ID string `xml:"ID"`
	} `xml:"Owner"`
	List *struct {
		Grants []struct {
			Grantee struct {
				Type  string `xml:"http://www.w3.org/2001/XMLSchema-instance type,attr"`
				ID    string `xml:"ID"`
				URI   string `xml:"URI"`
				Email string `xml:"EmailAddress"`
			} `xml:"Grantee"`
			Permission Permission `xml:"Permission"`
		} `xml:"Grant"`
	} `xml:"AccessControlList"`
}

// ParseXML reads an AccessControlPolicy document. Its owner must be the owner
// of the bucket or object: an ACL cannot give it away. The caller bounds the
// size of data.
func ParseXML(ctx context.Context, r Resolver, data []byte, owner Owner) (*ACL, error) {
	var in inACL
	if err := xmldoc.Decode(data, "AccessControlPolicy", &in); err != nil || in.Owner == nil || in.List == nil {
		return nil, &Error{Code: MalformedACL}
	}
	if in.Owner.ID != owner.ID {
		return nil, &Error{Code: InvalidArgument, Message: "Invalid id", Name: "Owner", Value: in.Owner.ID}
	}
	if len(in.List.Grants) > MaxGrants {
		return nil, &Error{Code: MalformedACL, Message: "An ACL holds at most 100 grants"}
	}
	a := &ACL{Owner: owner}
	for _, g := range in.List.Grants {
		who := grantee{}
		switch g.Grantee.Type {
		case "CanonicalUser":
			who = grantee{byID, g.Grantee.ID}
		case "AmazonCustomerByEmail":
			who = grantee{byEmail, g.Grantee.Email}
		case "Group":
			who = grantee{byURI, g.Grantee.URI}
		}
		if who.value == "" || !g.Permission.valid() {
			return nil, &Error{Code: MalformedACL}
		}
		grant, err := who.grant(ctx, r, g.Permission)
		if err != nil {
			return nil, err
		}
		a.Grants = append(a.Grants, grant)
	}
	return a, nil
}

// Encode returns the ACL as it is stored.
func (a *ACL) Encode() ([]byte, error) { return json.Marshal(a) }

// Decode is the inverse of [ACL.Encode].
func Decode(data []byte) (*ACL, error) {
	a := &ACL{}
	if err := json.Unmarshal(data, a); err != nil {
		return nil, &Error{Code: MalformedACL, Message: err.Error()}
	}
	return a, nil
}
