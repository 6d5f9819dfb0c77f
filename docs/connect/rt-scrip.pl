# Tells triage about new tickets, and about changes of queue, priority, status and custom fields.
# It is the "Custom action commit code" of a scrip; the address and the secret are yours.
my $address = 'https://triage.example.org/v1/hooks/rt';
my $secret  = 'the secret of this source';

require HTTP::Tiny;
require JSON;

my $ticket = $self->TicketObj;
my @told   = grep { $_->Type =~ /^(?:Create|Set|Status|CustomField)$/ } @{ $ticket->TransactionBatch || [] };
return 1 unless @told;

my ($creation) = grep { $_->Type eq 'Create' } @told;
my $message = $creation && $creation->ContentObj;
my %custom;
for my $field ( @{ $ticket->CustomFields->ItemsArrayRef } ) {
    $custom{ $field->Name } = [ map { $_->Content } @{ $ticket->CustomFieldValues( $field->id )->ItemsArrayRef } ];
}

my $body = JSON->new->utf8->encode({
    ticket => {
        id           => $ticket->id,
        Subject      => $ticket->Subject,
        Queue        => { Name => $ticket->QueueObj->Name },
        Status       => $ticket->Status,
        Priority     => $ticket->Priority,
        Owner        => { id => $ticket->OwnerObj->Name },
        Requestor    => [ map { { id => $_->Name } } @{ $ticket->Requestor->UserMembersObj->ItemsArrayRef } ],
        Creator      => { id => $ticket->CreatorObj->Name },
        Created      => $ticket->CreatedObj->W3CDTF( Timezone => 'UTC' ),
        CustomFields => \%custom,
    },
    transaction => {
        id      => $told[-1]->id,
        Type    => ( $creation || $told[-1] )->Type,
        Creator => { id => $told[-1]->CreatorObj->Name },
        Content => $message ? $message->Content : undef,
    },
});

# Who files a ticket waits for this, so not for long.
my $answer = HTTP::Tiny->new( timeout => 5, verify_SSL => 1 )->post( $address, {
    headers => { 'Authorization' => "Bearer $secret", 'Content-Type' => 'application/json' },
    content => $body,
});
RT->Logger->error( 'triage did not take ticket ' . $ticket->id . ": $answer->{status} $answer->{reason}" )
    unless $answer->{success};
return 1;
