namespace Rondo.Data;

/// <summary>What a value tells about a person.</summary>
public enum PersonalDataKind
{
    /// <summary>An address for electronic mail, alone or inside a text.</summary>
    Email,

    /// <summary>A telephone number.</summary>
    Phone,

    /// <summary>An international bank account number: its country's length, and the mod-97 check (ISO 13616).</summary>
    Iban,

    /// <summary>The number of a payment card: an issuer's prefix and length, and the Luhn check (ISO 7812).</summary>
    PaymentCard,

    /// <summary>An address of the Internet Protocol, version 4 or 6.</summary>
    IpAddress,

    /// <summary>The number under which a state knows a person.</summary>
    NationalId,

    /// <summary>When a person was born.</summary>
    BirthDate,

    /// <summary>What a person is called.</summary>
    PersonName,

    /// <summary>A street with a number.</summary>
    PostalAddress,

    /// <summary>A latitude or longitude with four decimals (about eleven metres) or more.</summary>
    Position,

    /// <summary>A password, key or token. It is no personal data, and must not be in data either.</summary>
    Secret,

    /// <summary>Personal in a way that is not looked for: a schema may declare it, a scan never finds it.</summary>
    Other,
}

/// <summary>How sure a finding is.</summary>
public enum PersonalDataConfidence
{
    /// <summary>Few values, or a form that other things have too: look at it.</summary>
    Low,

    /// <summary>The name of the column and the form of its values agree, or a form that is rarely something else.</summary>
    Medium,

    /// <summary>A check digit holds far beyond chance, or at least half of the values have a form that is nothing else.</summary>
    High,
}
